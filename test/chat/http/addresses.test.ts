import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo, LookupFunction } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type AddressCheck, isPublicAddress } from '../../../src/chat/http/addresses.ts'
import { ChatHttp } from '../../../src/chat/http/chat-http.ts'

test.each(['8.8.8.8', '93.184.215.14', '2606:2800:21f:cb07::1', '2a00:1450:4001:82f::200e', '::ffff:8.8.8.8'])(
  '%s is public',
  (address) => {
    expect(isPublicAddress(address)).toBe(true)
  },
)

test.each([
  ['this machine', ['127.0.0.1', '127.8.9.10', '0.0.0.0', '::1', '::']],
  ['a private network', ['10.1.2.3', '172.16.0.1', '172.31.255.255', '192.168.1.1', 'fc00::1', 'fd12:3456::1']],
  ['the link, with the metadata of clouds', ['169.254.169.254', 'fe80::1', 'fec0::1']],
  ['the network of a provider', ['100.64.0.1', '100.127.255.255']],
  ['everybody', ['255.255.255.255', '224.0.0.1', 'ff02::1']],
  ['documentation and tests', ['192.0.2.1', '198.51.100.1', '203.0.113.1', '198.18.0.1', '2001:db8::1', '240.0.0.1']],
  [
    'IPv4 inside of IPv6',
    ['::ffff:127.0.0.1', '::ffff:10.0.0.1', '::ffff:a9fe:a9fe', '::127.0.0.1', '::ffff:0:7f00:1'],
  ],
  ['a tunnel to IPv4', ['64:ff9b::7f00:1', '64:ff9b:1::a00:1', '2002:7f00:1::', '2001:0:7f00:1::']],
  ['no range that is assigned', ['4000::1', '5f00::1', '100::1']],
  ['no address at all', ['localhost', '', 'fe80::1%lo']],
])('an address of %s is not public', (_what, addresses) => {
  expect(addresses.filter(isPublicAddress)).toEqual([])
})

describe('a request', () => {
  const refused = 'The server is at a private address, which is not allowed here.'

  async function listening(): Promise<{ port: number; requests: () => number }> {
    let count = 0
    const server = createServer((_request, response) => {
      count++
      response.writeHead(204, { connection: 'close' }).end()
    })
    onTestFinished(() => void server.close())
    await once(server.listen(0, '127.0.0.1'), 'listening')
    return { port: (server.address() as AddressInfo).port, requests: () => count }
  }

  function httpThrough(mayConnect: AddressCheck, lookup?: LookupFunction) {
    const http = new ChatHttp({ server: 'the server', mayConnect, lookup })
    onTestFinished(() => http.close())
    return async (origin: string) => {
      const answer = await http.send({ method: 'GET', origin, path: '/' }).catch((error: Error) => error.message)
      return typeof answer === 'string' ? answer : answer.status
    }
  }

  const named =
    (...answers: string[]): LookupFunction =>
    (_host, { all }, callback) => {
      const address = answers.length > 1 ? answers.shift() : answers[0]
      const found = (address ?? '').split(' ').map((one) => ({ address: one, family: one.includes(':') ? 6 : 4 }))
      return all ? callback(null, found) : callback(null, found[0]?.address ?? '', 4)
    }

  test.each(['127.0.0.1', '[::ffff:127.0.0.1]', '[::1]', '0x7f.1', 'localhost'])(
    'to %s is refused before it is sent',
    async (host) => {
      const { port, requests } = await listening()
      const { origin } = new URL(`http://${host}:${port}`)
      expect(await httpThrough(isPublicAddress)(origin)).toBe(refused)
      expect(requests()).toBe(0)
      expect(await httpThrough(() => true)(`http://127.0.0.1:${port}`)).toBe(204)
    },
  )

  test('goes to a name only while all of its addresses are allowed', async () => {
    const { port, requests } = await listening()
    const isAllowed: AddressCheck = (address) => address === '127.0.0.1'
    const send = httpThrough(isAllowed, named('127.0.0.1', '127.0.0.2', '127.0.0.1 127.0.0.2', '127.0.0.1'))
    const origin = `http://hooks.example:${port}`
    const statuses = [await send(origin), await send(origin), await send(origin), await send(origin)]
    expect(statuses).toEqual([204, refused, refused, 204])
    expect(requests()).toBe(2)
  })

  test('over https is refused, too', async () => {
    expect(await httpThrough(isPublicAddress, named('10.0.0.1'))('https://hooks.example')).toBe(refused)
    expect(await httpThrough(isPublicAddress)('https://192.168.0.1')).toBe(refused)
  })

  test('to a name that nobody knows says so', async () => {
    const unknown: LookupFunction = (_host, _options, callback) =>
      callback(Object.assign(new Error('not found'), { code: 'ENOTFOUND' }), '')
    expect(await httpThrough(isPublicAddress, unknown)('https://hooks.example')).toBe(
      'The server could not be reached (ENOTFOUND).',
    )
  })
})
