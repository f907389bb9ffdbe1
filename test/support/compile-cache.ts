/** Where `npm start` and the installed command keep compiled code: most of a start is loading. */
export const COMPILE_CACHE = new URL("../../node_modules/.cache/hookyard", import.meta.url)
  .pathname;
