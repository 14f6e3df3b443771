import slugify from '@sindresorhus/slugify'

const longestSlug = 60

/** Where a poll's page is: its title, made readable for a URL, and its id, which alone counts. */
export function pollPath({ id, title }: { id: string; title: string }): string {
  const slug = slugify(title).slice(0, longestSlug).replace(/-+$/, '')
  return `/polls/${slug === '' ? id : `${slug}-${id}`}`
}

/** The id in what stands behind `/polls/`, whatever the slug before it says; undefined where there is none. */
export function pollIdIn(segment: string): string | undefined {
  return /(?:^|-)([a-z2-9]{16})$/.exec(segment)?.[1]
}
