/** Casts a class of ours to the standard type. Tests check that both behave alike; types cannot express it. */
export const asStandard = <Standard>(own: object): Standard => own as Standard;
