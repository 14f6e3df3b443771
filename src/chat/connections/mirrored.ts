import { Prisma } from '../../database/generated/client.ts'
import type { MirrorsSql } from '../../polls/queries/viewer-snapshot.ts'

/** For polls p: the rooms that mirror them, oldest first; null for none. */
const rooms = Prisma.sql`(
  SELECT jsonb_agg(
    jsonb_build_object(
      'chat', c.chat, 'room', c.room_name, 'roomUrl', c.room_url, 'isPaused', c.status = 'paused',
      'hasEnded', c.status = 'paused' AND c.status_reason IS NOT NULL, 'isFailing', c.failing_since IS NOT NULL,
      'waiting', least(p.revision, m.ends_at) - m.revision,
      'refused', (SELECT count(*) FROM rejections r WHERE r.poll_id = m.poll_id AND r.connection_id = m.connection_id)
    ) ORDER BY c.created_at, c.id)
  FROM mirrors m JOIN connections c ON c.id = m.connection_id
  WHERE m.poll_id = p.id AND c.status IN ('active', 'paused') AND (m.ends_at IS NULL OR m.revision < m.ends_at)
)`

/** For `PollQueries`, which must not know the tables of chats. */
export const mirrorsSql: MirrorsSql = { rooms, areAny: Prisma.sql`EXISTS (SELECT FROM mirrors)` }
