import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTestApp, type TestApp } from './support/app.ts'

let testApp: TestApp

beforeAll(async () => {
  testApp = await openTestApp()
})

afterAll(() => testApp.close())

test('what is not there answers 404', async () => {
  const { statusCode } = await testApp.browser().get('/nowhere')
  expect(statusCode).toBe(404)
})

test('every page carries a strict content security policy', async () => {
  const { headers } = await testApp.browser().get('/')
  expect(headers['content-security-policy']).toMatch(/^default-src 'none';script-src 'self';style-src 'self'/)
  expect(headers['content-security-policy']).not.toMatch(/unsafe|https?:|\*/)
})

test('a listening app answers over the network', async () => {
  const url = await testApp.listen()
  const { status } = await fetch(`${url}/nowhere`)
  expect(status).toBe(404)
})

test.each(['/polls/%E0%A4%A', '/%', `/polls/${'x'.repeat(600)}`])('the address %s leads nowhere', async (url) => {
  const { statusCode, headers } = await testApp.app.inject({ url })
  expect([statusCode, headers['content-type']]).toEqual([404, 'text/html; charset=utf-8'])
  expect(headers['x-request-id']).toBeTruthy()
  expect(headers['content-security-policy']).toContain("default-src 'none'")
})

test('a query that nobody can read is left out', async () => {
  expect((await testApp.app.inject({ url: '/?q=%E0%A4%A' })).statusCode).toBe(200)
})
