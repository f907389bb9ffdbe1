/** Number and hash of a script version, side by side: `#3 40e0a7ca5567`. */
export const versionText = ({
  number,
  version,
}: {
  readonly number?: number | null | undefined;
  readonly version?: string | null | undefined;
}): string => [...(number == null ? [] : [`#${number}`]), ...(version ? [version] : [])].join(" ");
