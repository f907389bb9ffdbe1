/** The nonce that the content security policy of this page allows styles with. */
const meta = document.querySelector<HTMLMetaElement>("meta[property=csp-nonce]");

export const nonce = (): string => meta?.nonce ?? "";

// The name under which libraries that insert styles look for it.
Object.assign(globalThis, { __webpack_nonce__: nonce() });
