/** The outline of what is coming. */

const ROWS = ['first', 'second', 'third'];

export function PageSkeleton({ label }: { label: string }) {
  return (
    <div className="audiences" role="status" aria-label={label}>
      <i className="ghost ghost-title" />
      {ROWS.map((row) => (
        <i key={row} className="ghost ghost-row" />
      ))}
    </div>
  );
}
