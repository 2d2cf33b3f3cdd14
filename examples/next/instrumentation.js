/** What Next.js calls when the server starts, on each of its runtimes. */
export async function register() {
  if (process.env.NEXT_RUNTIME === 'nodejs') await import('./lib/close-at-end.js');
}
