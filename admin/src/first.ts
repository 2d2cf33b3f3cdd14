// Runs before the first paint, so that a chosen theme does not flash: small, and by itself.
const kept = (() => {
  try {
    return localStorage.getItem('keyturn-theme');
  } catch {
    return null;
  }
})();
if (kept === 'light' || kept === 'dark') document.documentElement.dataset['theme'] = kept;
