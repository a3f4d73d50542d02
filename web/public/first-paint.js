// The remembered theme and language, before the first paint; src/lib/preferences.svelte.ts owns both keys.
(() => {
  const theme = localStorage.getItem('sanjie.theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
  const lang = localStorage.getItem('sanjie.lang') ?? navigator.language;
  document.documentElement.lang = lang.startsWith('zh') ? 'zh-CN' : 'en';
})();
