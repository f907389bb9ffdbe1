/** The folder in which `npm start` and the installed command keep compiled code. Most of a start is loading code. */
export const COMPILE_CACHE = new URL("../../node_modules/.cache/hookyard", import.meta.url)
  .pathname;
