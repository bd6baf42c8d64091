/** Instants between ISO 8601 with an offset and what a date-and-time input holds, by this browser's clock. */

/** `2026-12-01T12:00:00+00:00` as the local `2026-12-01T09:00`; empty when it is no instant. */
export function toLocal(text: string): string {
  const at = new Date(text);
  if (text === '' || Number.isNaN(at.getTime())) return '';
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

/** A local date and time with the offset that holds then: `2026-12-01T09:00:00-03:00`. */
export function toInstant(local: string): string {
  const minutes = -new Date(local).getTimezoneOffset();
  const size = Math.abs(minutes);
  const two = (part: number) => String(part).padStart(2, '0');
  return `${local.slice(0, 16)}:00${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}
