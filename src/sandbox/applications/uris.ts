import type { Flow } from '../state/flow.ts'
import type { Application, Source } from '../state/types.ts'
import type { World } from '../world.ts'

/**
 * Where an application sets up a flow; undefined if it has no setup URI. Without placeholders, the flow is added to the query.
 * | @see https://github.com/flowdock/api-docs/blob/master/docs/production-integrations.md
 */
export function setupUrl(world: World, flow: Flow, { setupUri }: Application): string | undefined {
  const values = { flow_id: flow.id, flow_url: world.flowUrl(flow) }
  return filled(setupUri, values, { flow: flow.id, flow_url: values.flow_url })
}

/** Where people configure a source. Without placeholders, the parameters of Flowdock's guide are added to the query. */
export function configurationUrl(world: World, flow: Flow, source: Source): string | undefined {
  if (source.configurationUrl) return source.configurationUrl
  const id = String(source.id)
  const values = { source_id: id, source_url: `${world.flowUrl(flow)}/sources/${id}`, flow_id: flow.id }
  return filled(source.application.configurationUri, values, { integration_id: id, flow: flow.id })
}

function filled(template: string | null, values: Record<string, string>, parameters: Record<string, string>) {
  if (template === null) return
  if (!/\{\w+\}/.test(template)) return withQuery(template, parameters)
  return template.replace(/\{(\w+)\}/g, (placeholder, name) =>
    Object.hasOwn(values, name) ? encodeURIComponent(values[name] ?? '') : placeholder,
  )
}

function withQuery(uri: string, parameters: Record<string, string>): string {
  const url = new URL(uri)
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)
  return url.href
}
