/** Our classes stand for those of the standard: that they behave alike is tested, and cannot be said in types. */
export const asStandard = <Standard>(own: object): Standard => own as Standard;
