/** The product's mark: one way that parts. */

export function Mark() {
  return (
    <svg className="mark" viewBox="0 0 32 32" width="28" height="28" aria-hidden="true">
      <rect width="32" height="32" rx="9" fill="var(--ink)" />
      <path
        d="M16 6v5c0 4-6 3-6 8v1M16 11c0 4 6 3 6 8v1"
        fill="none"
        stroke="var(--paper)"
        strokeWidth="3"
        strokeLinecap="round"
      />
      <circle cx="10" cy="24" r="3" fill="var(--paper)" />
      <circle cx="22" cy="24" r="3" fill="var(--accent)" />
    </svg>
  );
}
