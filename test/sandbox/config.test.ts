import { describe, expect, test } from 'vitest'
import { readSandboxConfig } from '../../src/sandbox/config.ts'

describe('the configuration of the sandbox', () => {
  test('has a default for everything', () => {
    expect(readSandboxConfig({ SANDBOX_PORT: '' })).toMatchObject({
      ...{ host: '127.0.0.1', port: 3301, publicUrl: undefined, logLevel: 'warn' },
      application: { id: 1, name: 'Example application', setupUri: null, configurationUri: null },
    })
  })

  test('describes the application', () => {
    const { application, publicUrl } = readSandboxConfig({
      SANDBOX_URL: 'https://flowdock.example',
      SANDBOX_APPLICATION_NAME: 'Ticket Desk',
      SANDBOX_APPLICATION_URL: 'https://tickets.example/',
      SANDBOX_CLIENT_ID: 'tickets',
      SANDBOX_CLIENT_SECRET: 'a secret',
      SANDBOX_CALLBACK_URI: 'https://tickets.example/callback',
      SANDBOX_SETUP_URI: 'https://tickets.example/setup?flow={flow_id}',
      SANDBOX_CONFIGURATION_URI: 'https://tickets.example/configure?source={source_id}',
    })
    expect(publicUrl?.href).toBe('https://flowdock.example/')
    expect(application).toEqual({
      ...{ id: 1, name: 'Ticket Desk', url: 'https://tickets.example/', iconUrl: null },
      ...{ clientId: 'tickets', clientSecret: 'a secret', callbackUri: 'https://tickets.example/callback' },
      setupUri: 'https://tickets.example/setup?flow={flow_id}',
      configurationUri: 'https://tickets.example/configure?source={source_id}',
    })
  })

  test('reports each error in one line', () => {
    const variables = { SANDBOX_PORT: '65536', SANDBOX_CALLBACK_URI: 'ftp://x', SANDBOX_LOG_LEVEL: 'loud' }
    expect(() => readSandboxConfig(variables)).toThrow(
      [
        '  SANDBOX_PORT must be a port number from 0 to 65535',
        '  SANDBOX_LOG_LEVEL must be one of fatal, error, warn, info, debug, trace, silent',
        '  SANDBOX_CALLBACK_URI must be an http(s) URL',
      ].join('\n'),
    )
  })
})
