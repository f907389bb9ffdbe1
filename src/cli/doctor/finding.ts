/** The result of one check. */
export interface Finding {
  readonly check: string;
  readonly state: "ok" | "warning" | "problem";
  /** What was found. */
  readonly found: string;
  /** What to do; absent for `ok`. */
  readonly remedy?: string;
}

export const ok = (check: string, found: string): Finding => ({ check, state: "ok", found });

export const warning = (check: string, found: string, remedy: string): Finding => {
  return { check, state: "warning", found, remedy };
};

export const problem = (check: string, found: string, remedy: string): Finding => {
  return { check, state: "problem", found, remedy };
};
