import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const SERVER = 'http://127.0.0.1:8787'; // `npm start`, beside `npx vite admin` while pages are written.

export default defineConfig({
  root: import.meta.dirname,
  base: './', // Addresses are relative, so that the pages work under any path.
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
});
