const versioned = /^\/v1(?=\/(?!(?:app|sandbox|_matrix)(?:[/?]|$))[^/?])/
const suffixed = /^(\/(?!app\/|sandbox\/|_matrix\/|files\/)[^?]*[^/?])\.json(?=\?|$)/

/**
 * The address of a request as the routes have it. Published clients also use two forms that the documentation does not name:
 * the official Ruby gem begins every path with `/v1`, and Flowdock's start-up script gets `/flows.json`. Pages, files and the
 * other APIs of the sandbox have one address each.
 */
export function plainAddress(url: string): string {
  return url.replace(versioned, '').replace(suffixed, '$1')
}
