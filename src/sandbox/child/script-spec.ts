import { MODULE_VARIABLES, VARIABLES } from "../guest/flexdeploy-variables.ts";
import type { ChildScript } from "../wire/protocol.ts";

/**
 * What the guest needs to know of a script beside its exports. FlexDeploy variables that the script never names are
 * not created.
 */
export function scriptSpec(script: ChildScript): object {
  const { style, properties, numbers } = script;
  const uses = [...VARIABLES, ...MODULE_VARIABLES].filter((name) =>
    new RegExp(`\\b${name}\\b`).test(script.code.slice(script.code.indexOf("\n"))),
  );
  return { style, properties, numbers, uses: style === "flexdeploy" ? uses : [] };
}
