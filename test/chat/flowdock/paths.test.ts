import { expect, test } from 'vitest'
import { flowPathIn, sourceIdIn } from '../../../src/chat/flowdock/paths.ts'

test.each([
  ['/flows/acme/main', '/flows/acme/main'],
  ['/flows/acme/main/', '/flows/acme/main'],
  ['https://api.flowdock.example/flows/acme/lunch-club?x=1#y', '/flows/acme/lunch-club'],
  ['https://evil.example:8080/flows/acme/main', '/flows/acme/main'],
  ['http://user:password@evil.example/flows/a.b/c_d', '/flows/a.b/c_d'],
])('the path of the flow in %s', (address, path) => {
  expect(flowPathIn(address)).toBe(path)
})

test.each([
  '',
  'acme/main',
  '/flows/acme',
  '/flows/acme/main/sources',
  '/flows//main',
  '//evil.example/flows/acme/main',
  '/flows/acme/..',
  '/flows/./main',
  '/flows/../user',
  '/x/../flows/acme/main',
  '/flows/acme/%2e%2e',
  '/flows/acme/main%2fsources',
  '/flows/acme\\main',
  'https:\\\\evil.example/flows/acme/main',
  'ftp://evil.example/flows/acme/main',
  'javascript:/flows/acme/main',
  '/flows/acme/main\n',
  '/flows/acme/ma in',
  `/flows/acme/${'x'.repeat(101)}`,
])('%j is no flow', (address) => {
  expect(flowPathIn(address)).toBeUndefined()
})

test.each([
  ['/flows/acme/main/sources/12', '12'],
  ['https://evil.example/flows/acme/main/sources/12', '12'],
  // Flowdock's own documentation has both.
  ['/flows/acme/main/source/12', '12'],
  ['/flows/acme/main/sources/../12', undefined],
  ['/flows/acme/main/sources/', undefined],
  ['/sources/12', undefined],
])('the id of the source in %s', (address, id) => {
  expect(sourceIdIn(address)).toBe(id)
})
