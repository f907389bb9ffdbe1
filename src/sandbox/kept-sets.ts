/** Provider sets a child keeps: the one in force, and one that messages on their way may still name. */
export const KEPT_SETS = 2;
