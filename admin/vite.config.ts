import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const SERVER = 'http://127.0.0.1:8787'; // `npm start`, beside `npx vite admin` while pages are written.

export default defineConfig(({ command }) => ({
  root: import.meta.dirname,
  // Addresses of what is built are relative, so that the pages work under any path.
  base: command === 'serve' ? '/admin/' : './',
  publicDir: false,
  plugins: [react()],
  build: {
    outDir: '../dist/admin',
    emptyOutDir: true,
    target: ['chrome123', 'firefox121', 'safari17.5'], // The first with `light-dark()`.
    assetsInlineLimit: 0, // The policy knows no `data:`.
    cssMinify: true,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 700, // kB, as they are; `npm run check:admin` judges what is sent.
    manifest: 'manifest.json',
    rolldownOptions: {
      input: {
        index: `${import.meta.dirname}/index.html`,
        first: `${import.meta.dirname}/src/first.ts`,
      },
    },
  },
  server: {
    proxy: { '/v1': SERVER, '/openapi.json': SERVER },
  },
}));
