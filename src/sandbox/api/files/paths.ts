import type { StoredFile } from '../../state/types.ts'

/** The path of a file in the API. The documentation does not say what its number is; here it is the organization's id. */
export function filePath({ id, name }: StoredFile): string {
  return `/files/1/${id}/${encodeURIComponent(name)}`
}

export function thumbnailPath({ id, name }: StoredFile): string {
  return `/files/1/${id}/thumb/${encodeURIComponent(name)}`
}
