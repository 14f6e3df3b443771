/** The error of each canary. */
export const canaryError = 'The canary fails, as it must.'
