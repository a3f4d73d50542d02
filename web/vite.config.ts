// The front end is built into `dist`, which the binary embeds. Nothing is fetched from anywhere at run time.
import { svelte } from '@sveltejs/vite-plugin-svelte';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';

// Every browser this is built for reads woff2; KaTeX ships each font in two older formats besides.
const newestFonts: Plugin = {
  name: 'newest-fonts',
  enforce: 'pre',
  transform: (code, id) =>
    id.includes('katex.min.css')
      ? code.replaceAll(/,url\([^)]+\.(woff|ttf)\) format\("(woff|truetype)"\)/g, '')
      : undefined,
};

export default defineConfig({
  plugins: [newestFonts, svelte()],
  // What it writes is of no interest to who starts the studio.
  logLevel: 'warn',
  build: {
    // The first browsers that know light-dark(); older ones would need every colour twice.
    target: ['chrome123', 'firefox120', 'safari17.5'],
    // The server's policy allows no data: scripts or fonts, and small files are no cost on loopback.
    assetsInlineLimit: 0,
    // The packages whose code is in the bundle, for `cargo xtask dist` to name with their licences.
    license: { fileName: 'licences.json' },
    chunkSizeWarningLimit: 800,
  },
  test: { include: ['tests/**/*.test.ts'] },
});
