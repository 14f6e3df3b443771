import { readFileSync } from 'node:fs'
import { parentPort } from 'node:worker_threads'
import { Renderer } from '@takumi-rs/wasm/node'
import { fontsFor } from './fonts.ts'
import type { Picture, Written } from './picture.ts'

// A worker thread: draws each picture that it is sent, and answers with its PNG.

export const pictureSize = { width: 1200, height: 630 }

const colours = {
  ground: '#f5f4f0',
  surface: '#ffffff',
  ink: '#1c2430',
  muted: '#566070',
  track: '#e6e3da',
  bar: '#8fa3b8',
  accent: '#265a88',
  lead: '#1c7a5a',
  leadSoft: '#dff1e9',
  leadInk: '#135a42',
}

const renderer = new Renderer()
const registered = new Set<string>()

parentPort?.on('message', async (picture: Picture) => {
  const png = await draw(picture)
  parentPort?.postMessage(png, [png.buffer])
})

async function draw(picture: Picture): Promise<Uint8Array<ArrayBuffer>> {
  const { files, drawable } = fontsFor(textOf(picture))
  for (const { family, path } of files) {
    if (registered.has(path)) continue
    await renderer.registerFont({ name: family, data: readFileSync(path) })
    registered.add(path)
  }
  const fontFamilies = files.map(({ family }) => family)
  return new Uint8Array(await renderer.render(nodeOf(picture, drawable), { ...pictureSize, fontFamilies }))
}

function textOf({ title, options, status, more, votes }: Picture): string {
  return [title.text, ...options.flatMap(({ text, bar }) => [text, bar?.share]), status, more, votes, 'Polldock…'].join(
    '',
  )
}

type Node = Parameters<Renderer['render']>[0]
type Style = Node['style']

const row = (style: Style, ...children: Node[]): Node => ({
  type: 'container',
  style: { display: 'flex', alignItems: 'center', ...style },
  children,
})

const text = (content: string, style: Style): Node => ({
  type: 'text',
  text: content,
  style: { lineHeight: 1.25, ...style },
})

function nodeOf(picture: Picture, drawable: (text: string) => string): Node {
  const { title, options, status, isOpen, more, votes } = picture
  const badge = isOpen
    ? { backgroundColor: colours.leadSoft, color: colours.leadInk }
    : { backgroundColor: colours.track, color: colours.ink }
  return {
    type: 'container',
    style: {
      ...{ width: '100%', height: '100%', display: 'flex', flexDirection: 'column' },
      ...{ padding: '44px 60px 40px', backgroundColor: colours.ground, color: colours.ink },
    },
    children: [
      row(
        { justifyContent: 'space-between', fontSize: 26, marginBottom: 14 },
        text(status, { ...badge, fontWeight: 700, padding: '2px 18px', borderRadius: 24 }),
        text(votes, { color: colours.muted }),
      ),
      text(drawable(title.text), {
        ...{ fontSize: title.text.length > 60 ? 44 : 54, fontWeight: 700, lineHeight: 1.2, lineClamp: 2 },
        ...{ overflowWrap: 'anywhere', marginBottom: 22, ...directionOf(title) },
      }),
      ...options.map((option) => optionNode(option, drawable, sizes[options.length] ?? small)),
      row(
        { marginTop: 'auto', fontSize: 24, color: colours.muted },
        text(more, {}),
        text('Polldock', { marginLeft: 'auto', fontWeight: 700, color: colours.accent }),
      ),
    ],
  }
}

/** Few options are larger, so they fill the picture. */
const large = { font: 38, bar: 22, gap: 26 }
const small = { font: 27, bar: 12, gap: 13 }
const sizes: Record<number, typeof large> = { 1: large, 2: large, 3: large, 4: { font: 31, bar: 16, gap: 17 } }

type Option = Picture['options'][number]

function optionNode({ bar, ...title }: Option, drawable: (text: string) => string, size: typeof large): Node {
  const flexDirection = title.isRightToLeft ? 'row-reverse' : 'row'
  const named = text(drawable(title.text), {
    ...{ whiteSpace: 'nowrap', textOverflow: 'ellipsis', overflow: 'hidden', flexGrow: 1, flexShrink: 1, minWidth: 0 },
    ...{ fontSize: size.font, fontWeight: 600, ...directionOf(title) },
  })
  if (!bar) {
    const circle = { width: 24, height: 24, flexShrink: 0, borderRadius: 12, border: `3px solid ${colours.bar}` }
    return row(
      { flexDirection, gap: 18, marginBottom: size.gap },
      { type: 'container', style: circle, children: [] },
      named,
    )
  }
  const colour = bar.leads ? colours.lead : colours.bar
  const filled = { width: `${bar.percent}%`, height: '100%', backgroundColor: colour, borderRadius: size.bar / 2 }
  const track = { width: '100%', height: size.bar, backgroundColor: colours.track, borderRadius: size.bar / 2 }
  const share = {
    fontSize: size.font,
    fontWeight: 600,
    flexShrink: 0,
    color: bar.leads ? colours.leadInk : colours.muted,
  }
  return {
    type: 'container',
    style: { display: 'flex', flexDirection: 'column', marginBottom: size.gap },
    children: [
      row({ flexDirection, gap: 24, marginBottom: 3 }, named, text(bar.share, share)),
      row({ ...track, flexDirection }, { type: 'container', style: filled, children: [] }),
    ],
  }
}

function directionOf({ isRightToLeft }: Written): Style {
  return isRightToLeft ? { direction: 'rtl', textAlign: 'right' } : {}
}
