// Language and theme: chosen here, remembered by this browser. `public/first-paint.js` reads the same keys.
import { en, type Catalogue } from '../messages/en';
import { zh } from '../messages/zh';

export type Lang = 'zh' | 'en';
export type Theme = 'system' | 'light' | 'dark';

const CATALOGUES: Record<Lang, Catalogue> = { en, zh };

class Preferences {
  lang: Lang = $state(storedLang());
  theme: Theme = $state(storedTheme());

  /** Every sentence in the chosen language. */
  get words(): Catalogue {
    return CATALOGUES[this.lang];
  }

  setLang(lang: Lang): void {
    this.lang = lang;
    localStorage.setItem('sanjie.lang', lang);
    document.documentElement.lang = lang === 'zh' ? 'zh-CN' : 'en';
  }

  setTheme(theme: Theme): void {
    this.theme = theme;
    localStorage.setItem('sanjie.theme', theme);
    if (theme === 'system') delete document.documentElement.dataset['theme'];
    else document.documentElement.dataset['theme'] = theme;
  }
}

function storedLang(): Lang {
  const lang = localStorage.getItem('sanjie.lang') ?? navigator.language;
  return lang.startsWith('zh') ? 'zh' : 'en';
}

function storedTheme(): Theme {
  const theme = localStorage.getItem('sanjie.theme');
  return theme === 'light' || theme === 'dark' ? theme : 'system';
}

export const preferences = new Preferences();
