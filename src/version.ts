/** Keyturn's version, as in package.json: bundling that file would put all of it into the function. */
export const VERSION = '0.1.0';
