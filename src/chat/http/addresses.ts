import { lookup as systemLookup } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import ipaddr from 'ipaddr.js'
import type { buildConnector } from 'undici'

/** Whether requests may go to an IP address. Asked for every new connection: the addresses of a name change. */
export type AddressCheck = (address: string) => boolean

/** An address was refused. */
export class RefusedAddress extends Error {
  override readonly name = 'RefusedAddress'
}

const allocated = ipaddr.IPv6.parseCIDR('2000::/3')

/**
 * Whether an IP address belongs to the public internet, not to this machine, its network or a special purpose. For a
 * check of addresses that people type (server-side request forgery). An IPv4 address in an IPv6 address counts as IPv4.
 */
export function isPublicAddress(text: string): boolean {
  if (!ipaddr.isValid(text)) return false
  const address = ipaddr.process(text)
  return address.range() === 'unicast' && (address instanceof ipaddr.IPv4 || address.match(allocated))
}

/** Refuses a host name if any of its addresses is refused. The socket connects to the addresses that were checked. */
export function checkedLookup(mayConnect: AddressCheck, lookup: LookupFunction = systemLookup): LookupFunction {
  return (host, options, callback) =>
    lookup(host, { ...options, all: true }, (error, found) => {
      const addresses = Array.isArray(found) ? found : []
      const [first] = addresses
      if (error || !first) return callback(error ?? new RefusedAddress(), '')
      if (!addresses.every(({ address }) => mayConnect(address))) return callback(new RefusedAddress(), '')
      return options.all ? callback(null, addresses) : callback(null, first.address, first.family)
    })
}

/** Refuses an address that stands in the URL itself, which needs no lookup. */
export function checkedConnector(
  mayConnect: AddressCheck,
  connect: buildConnector.connector,
): buildConnector.connector {
  return (options, callback) => {
    const { hostname } = options
    return isIP(hostname) && !mayConnect(hostname) ? callback(new RefusedAddress(), null) : connect(options, callback)
  }
}
