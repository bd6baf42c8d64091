// Sets the colour scheme before anything is painted, so that no page flashes in the wrong one.
(() => {
  let chosen = null;
  try {
    chosen = localStorage.getItem('sojourn-color-scheme');
  } catch {
    // No storage: the system's preference decides.
  }
  const dark =
    chosen === 'dark' || (chosen !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.setAttribute('data-mantine-color-scheme', dark ? 'dark' : 'light');
})();
