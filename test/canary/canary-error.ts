/** What each canary says as it fails. */
export const canaryError = 'The canary fails, as it must.'
