import type { ZodType } from 'zod'
import type { Received } from '../../support/exchange.ts'
import type { Box } from '../box.ts'

/** A request with the documentation's example values. */
export type Example = {
  /** Replaces the documented method. */
  method?: 'PATCH'
  /** The values of the names in the path. `organization` and `flow` default to `acme` and `main`. */
  path?: Record<string, string | number>
  query?: Record<string, string>
  /** An object is sent as JSON. */
  body?: Record<string, unknown> | FormData
  headers?: Record<string, string>
  /** Defaults to Maija, who is an admin. With null, no credentials are sent. */
  as?: 'maija' | 'ben' | null
  /** Of a stream: what happens after it has opened. Its first message is the answer. */
  meanwhile?: () => Promise<unknown>
}

export type Answer = Received & {
  /** The user who sent the request. */
  by: Example['as']
}

/** Sends the example to the endpoint, with these parts replaced or added. */
export type Send = (changes?: Example) => Promise<Answer>

/** Tries a documented parameter. Fails if it has not the documented effect. */
export type Trial = (send: Send, box: Box) => Promise<unknown>

/** An endpoint as the documentation describes it. */
export type Endpoint = {
  /** Method and path, such as `GET /flows/:organization/:flow`. */
  endpoint: string
  /** The page of the documentation, without its suffix. */
  page: string
  /** The host, if it is not the API's. */
  host?: 'stream'
  /** Prepares a sandbox for the request. */
  example: (box: Box) => Promise<Example> | Example
  status: number
  /** The documented fields and their types. An object may have more fields. */
  answer?: ZodType
  /** The documented headers of the answer. */
  headers?: Record<string, RegExp>
  /** By name. */
  parameters?: Record<string, Trial>
  /** Why the sandbox does not serve all of it on purpose. */
  reason?: string
}
