/** A company account. */
export type Organization = { id: number; name: string; parameterizedName: string }

export type User = {
  id: number
  /** The first nick, as in the secrets below. Unlike the nick, it never changes. */
  login: string
  nick: string
  name: string
  email: string
  website: string | null
  isAdmin: boolean
  /** Works as the user name of basic authentication. */
  apiToken: string
  password: string
}

/**
 * A registered OAuth client. It is one object as long as it exists: sources and grants refer to it, so they see its changes.
 */
export type Application = ApplicationFacts & {
  id: number
  /** Its website. */
  url: string | null
  /** An icon on another host. */
  iconUrl: string | null
  clientId: string
  clientSecret: string
}

/** What a developer says about an application. The URIs may hold {flow_id}, {flow_url}, {source_id} and {source_url}. */
export type ApplicationFacts = {
  name: string
  /** Where people return with a code, or `outOfBand`. */
  callbackUri: string
  setupUri: string | null
  configurationUri: string | null
  /** An uploaded icon. Without one and without `iconUrl`, the sandbox draws initials. */
  icon?: Picture | undefined
}

export type Picture = { type: 'image/png' | 'image/jpeg' | 'image/gif' | 'image/webp'; bytes: Buffer }

/** The callback URI of a program without a web server: the sandbox shows the code, and the person copies it. */
export const outOfBand = 'urn:ietf:wg:oauth:2.0:oob'

/** A source: an application that is connected to a flow. */
export type Source = {
  id: number
  flowId: string
  name: string
  externalUrl: string | null
  /** Secret: it allows posting as this source. */
  flowToken: string
  application: Application
  creator: User
  /** The problem that the flow's inbox shows for the source. */
  errorMessage: string | null
  /** Overrides the application's configuration URI. */
  configurationUrl: string | null
  createdAt: Date
  updatedAt: Date
  /** Its token is then answered with 410. */
  removed: boolean
}

export const statusColors = [
  'red',
  'green',
  'yellow',
  'cyan',
  'orange',
  'grey',
  'black',
  'lime',
  'purple',
  'blue',
] as const

export type Status = { color: (typeof statusColors)[number] | null; value: string | null }
/** The label is plain text. The value is HTML that may hold `<a>`. */
export type ThreadField = { label: string; value: string }
export type ThreadViewAction = {
  '@type': 'ViewAction'
  name: string
  url: string
  description?: string
  image?: string
}
export type ThreadUpdateAction = {
  '@type': 'UpdateAction'
  name: string
  target: { '@type': 'EntryPoint'; urlTemplate: string; httpMethod: string }
}
export type ThreadAction = ThreadViewAction | ThreadUpdateAction

/** The state of a thread, as the source last posted it. `title` and `body` are HTML. */
export type ThreadState = {
  title: string
  body: string | null
  externalUrl: string | null
  status: Status | null
  fields: ThreadField[]
  actions: ThreadAction[]
}

export type FlowThread = ThreadState & {
  id: string
  flowId: string
  source: Source
  /** The source's own id of the thread, unique within the source. */
  externalId: string | null
  /** The id of the message that started it. */
  initialMessage: number
  activities: number
  /** Chat lines. */
  internalComments: number
  /** Discussions. */
  externalComments: number
  createdAt: Date
  updatedAt: Date
}

export type MessageAuthor = { name: string; email?: string; avatar?: string }

type Entry = {
  /** Counts up per flow or private conversation. */
  id: number
  /** Counts up over all flows and private conversations, and is never reused. The event id in a stream. */
  position: number
  uuid: string | null
  sent: Date
  edited: Date | null
  /** Null for a source or an author outside the flow. */
  user: User | null
  tags: string[]
  threadId: string | null
}

export type ChatLine = Entry & { event: 'message' | 'status'; content: string; externalUserName: string | null }
/** A reply to a message that is in no thread. */
export type FlowComment = Entry & {
  event: 'comment'
  parent: number
  content: { title: string; text: string }
  externalUserName: string | null
}

/** An uploaded file, without its bytes. */
export type StoredFile = {
  /** Hard to guess. */
  id: string
  flowId: string
  name: string
  /** As its sender says. A download has a safe type. */
  contentType: string
  /** In bytes. */
  size: number
  /** In pixels; undefined if it is no picture that browsers show. */
  image: { width: number; height: number } | undefined
}
/** A file uploaded to the chat, or to a thread. */
export type FileMessage = Entry & { event: 'file'; file: StoredFile }
/** `contentId` is the name under which the body of the message shows a picture, as in `cid:file1`. */
export type Attachment = { file: StoredFile; contentId: string | null }

/** What the deprecated push API sends to the inbox. `content` is HTML. */
export type MailContent = {
  subject: string
  content: string
  from: { name: string | null; address: string }
  /** An email address. */
  replyTo: string | null
  /** Names of the application that posts, and of a part of it. */
  source: string
  project: string | null
  link: string | null
}
/** A mail-like item of the inbox, outside threads. */
export type Mail = Entry & { event: 'mail'; content: MailContent }

/** A post of a source. `title` and `body` are HTML. */
export type InboxEntry = Entry & {
  event: 'activity' | 'discussion'
  source: Source
  author: MessageAuthor
  title: string
  body: string | null
  attachments: Attachment[]
}
export type TagChange = Entry & { event: 'tag-change'; content: { message: number; add: string[]; remove: string[] } }
/** What a user did with the flow itself. */
export type ActionContent =
  | { type: 'add_people' | 'join'; description: string }
  | { type: 'block'; description: { user: number } }
  | { type: 'invite' | 'decline' | 'uninvite'; description: { email: string } }
export type ActionMessage = Entry & { event: 'action'; content: ActionContent }
export type MessageEdit = Entry & { event: 'message-edit'; content: { message: number; updated_content: string } }

export type FlowMessage =
  | ChatLine
  | FlowComment
  | FileMessage
  | InboxEntry
  | Mail
  | ActionMessage
  | TagChange
  | MessageEdit

type Without<Whole, Keys extends PropertyKey> = Whole extends unknown ? Omit<Whole, Keys> : never
/** A message before it is added to its log. */
export type NewMessage = Without<FlowMessage, 'id' | 'position' | 'sent' | 'edited'>
