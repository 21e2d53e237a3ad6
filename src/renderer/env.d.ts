/// <reference types="vite/client" />

/** Set by the preload script of the desktop window; absent in a browser. */
interface Window { readonly studio?: { readonly transport: 'electron' } }
