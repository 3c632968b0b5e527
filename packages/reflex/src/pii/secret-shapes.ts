/** Keys and tokens that say what they are by how they begin, as their makers document it. */
import type { PiiType } from '../verdict.ts';

export interface Shape {
  readonly type: PiiType;
  /** The literal character that it begins with; empty where a class or a look at what stands before comes first. */
  readonly first: string;
  readonly confidence: number;
  /** Sticky, tried where BEGINNING stands; bounded quantifiers only. */
  readonly pattern: RegExp;
}

const END = '(?![A-Za-z0-9])';
/** Beginning, then the rest of the pattern. The beginnings are literal but for character classes. */
type Row = readonly [beginning: string, rest: string];

const AWS: readonly Row[] = [
  // AWS writes key ids in base32; older ones and other sources do not keep to it.
  ['(?:AKIA|ASIA|ABIA|ACCA)', '[A-Z2-7]{16}'],
  ['(?:AKIA|ASIA|ABIA|ACCA)', '(?=[A-Z]{0,15}[0-9])[A-Z0-9]{16}'],
];

const GITHUB: readonly Row[] = [
  ['gh[pousr]_', '[A-Za-z0-9]{36,251}'],
  ['github_pat_', '[A-Za-z0-9]{22}_[A-Za-z0-9]{59}'],
];

const OTHERS: readonly Row[] = [
  // Models: Anthropic, OpenAI, DeepSeek and others with `sk-`, Google, Groq, xAI, Hugging Face, Perplexity, Replicate, Bedrock.
  ['sk-ant-', '(?:api03|admin01)-[A-Za-z0-9_-]{80,100}AA'],
  ['sk-', '(?!ant-)(?:[a-z0-9]{2,10}-)?[A-Za-z0-9_-]{20,250}'],
  ['AIza', '[A-Za-z0-9_-]{35}(?![_-])'],
  ['gsk_', '[A-Za-z0-9]{40,64}'],
  ['xai-', '[A-Za-z0-9]{60,96}'],
  ['hf_', '[A-Za-z]{4}[A-Za-z0-9]{26,36}'],
  ['api_org_', '[A-Za-z]{34}'],
  ['pplx-', '[A-Za-z0-9]{40,64}'],
  ['r8_', '[A-Za-z0-9]{36,42}'],
  ['ABSK', '[A-Za-z0-9+/]{100,270}={0,2}'],
  // Payment: Stripe, Square, PayPal's Braintree, Shopify, Flutterwave, Plaid.
  ['[sr]k_', '(?:live|test|prod)_[A-Za-z0-9]{16,250}'],
  ['whsec_', '[A-Za-z0-9+/=]{24,64}'],
  ['sq0', '(?:atp|csp|idp)-[A-Za-z0-9_-]{22,43}'],
  ['EAAA', '[A-Za-z0-9_+=-]{56,64}'],
  ['access_token\\$', '(?:production|sandbox)\\$[0-9a-z]{16}\\$[0-9a-f]{32}'],
  ['shp', '(?:at|ca|pa|ss)_[A-Fa-f0-9]{32}'],
  ['FLW', '(?:PUB|SEC)K(?:_TEST)?-[A-Za-z0-9]{16,40}(?:-X)?'],
  ['access-', '(?:sandbox|development|production)-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}'],
  ['duffel_', '(?:test|live)_[A-Za-z0-9_=-]{43}'],
  ['EZ[AT]K', '[A-Za-z0-9]{54}'],
  // Chat and mail: Slack, Telegram, SendGrid, Mailgun, Brevo, Twilio, Resend.
  ['xoxb-', '[0-9]{8,14}-(?:[0-9]{10,13}-?)?[A-Za-z0-9-]{18,48}'],
  ['xox[pe]', '(?:-[0-9]{10,13}){3}-[A-Za-z0-9-]{28,34}'],
  ['xox[os]-', '[0-9]{8,14}-[0-9]{8,14}-[0-9]{8,14}-[A-Fa-f0-9]{8,64}'],
  ['xox[ar]-', '(?:[0-9]-)?[A-Za-z0-9-]{10,120}'],
  ['xoxe\\.xox[bp]-', '[0-9]-[A-Za-z0-9]{100,200}'],
  ['xoxe-', '[0-9]-[A-Za-z0-9]{100,200}'],
  ['xapp-', '[0-9]-[A-Z0-9]{8,16}-[0-9]{10,14}-[a-z0-9]{32,80}'],
  ['(?<=[0-9]{5,16}:)AA?', '[A-Za-z0-9_-]{33,34}'],
  ['SG\\.', '[A-Za-z0-9_-]{16,32}\\.[A-Za-z0-9_-]{32,64}'],
  ['key-', '[0-9a-f]{32}'],
  ['xkeysib-', '[0-9a-f]{64}-[A-Za-z0-9]{16}'],
  ['SK', '[0-9a-f]{32}'],
  ['re_', '[A-Za-z0-9]{8}_[A-Za-z0-9]{20,28}'],
  // Code and packages: GitLab, npm, PyPI, RubyGems, NuGet, Clojars, Docker Hub, Sourcegraph, SonarQube, CircleCI, Buildkite.
  ['gl(?:pat|rt|cbt|dt|ft|imt|oas|ptt|soat|agent|ffct)-', '[A-Za-z0-9_.-]{20,64}'],
  ['GR1348941', '[A-Za-z0-9_-]{20}'],
  ['npm_', '[A-Za-z0-9]{36}'],
  ['pypi-AgE', '[A-Za-z0-9_-]{40,250}'],
  ['rubygems_', '[0-9a-f]{48}'],
  ['oy2', '[a-z0-9]{43}'],
  ['CLOJARS_', '[A-Za-z0-9]{60}'],
  ['dckr_', '(?:pat|oat)_[A-Za-z0-9_-]{27,32}'],
  ['sgp_', '(?:(?:local|[A-Fa-f0-9]{16})_)?[A-Fa-f0-9]{40}'],
  ['sq[pua]_', '[A-Za-z0-9]{40}'],
  ['CCI', '(?:PAT|PRJ)_[A-Za-z0-9]{22}_[a-f0-9]{40}'],
  ['bkua_', '[a-z0-9]{40}'],
  // Clouds and hosts: DigitalOcean, Google OAuth, Azure, Alibaba, Fly, Heroku, Netlify, Vercel, Render, Scalingo, Cloudflare, OpenShift.
  ['do[opr]_v1_', '[a-f0-9]{64}'],
  ['GOCSPX-', '[A-Za-z0-9_-]{28}'],
  ['ya29\\.', '[A-Za-z0-9_-]{30,250}'],
  ['[A-Za-z0-9_.]{3}[0-9]Q~', '[A-Za-z0-9_.~-]{31,34}'],
  ['LTAI', '[A-Za-z0-9]{17,21}'],
  ['fo1_', '[A-Za-z0-9_-]{43}'],
  ['fm[12][ar]?_', '[A-Za-z0-9+/]{100,1500}={0,3}'],
  ['HRKU-', 'AA[0-9A-Za-z_-]{58}'],
  ['nfp_', '[A-Za-z0-9]{36,48}'],
  ['rnd_', '[A-Za-z0-9]{32}'],
  ['tk-us-', '[A-Za-z0-9_-]{48}'],
  ['v1\\.0-', '[a-f0-9]{24}-[a-f0-9]{146}'],
  ['sha256~', '[A-Za-z0-9_-]{43}'],
  ['IQoJb3JpZ2lu', '[A-Za-z0-9+/]{80,1500}={0,2}'],
  // Secrets' keepers: HashiCorp, 1Password, Doppler, Infracost, Pulumi, Terraform, age, Bitwarden.
  ['hv[bs]\\.', '[A-Za-z0-9_-]{24,250}'],
  ['ops_', 'eyJ[A-Za-z0-9+/]{60,1500}={0,3}'],
  ['A3-', '[A-Z0-9]{6}-(?:[A-Z0-9]{11}|[A-Z0-9]{6}-[A-Z0-9]{5})(?:-[A-Z0-9]{5}){3}'],
  ['dp\\.(?:pt|st|ct|sa|scim|audit)\\.', '[A-Za-z0-9._-]{40,64}'],
  ['ico-', '[A-Za-z0-9]{32}'],
  ['pul-', '[a-f0-9]{40}'],
  ['[A-Za-z0-9]{14}\\.atlasv1\\.', '[A-Za-z0-9_=-]{60,70}'],
  ['AGE-SECRET-KEY-1', '[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}'],
  // Watching and data: Grafana, New Relic, Sentry, Datadog, Dynatrace, Databricks, PlanetScale, Snowflake, Supabase.
  ['gl(?:c|sa)_', '[A-Za-z0-9+/]{32,400}(?:_[A-Fa-f0-9]{8})?={0,3}'],
  ['NRA[KL]-', '[A-Z0-9]{27}'],
  ['NRJS-', '[a-f0-9]{19}'],
  ['sntry[su]_', '[A-Za-z0-9+/=_]{64,250}'],
  ['dt0c01\\.', '[A-Z0-9]{24}\\.[A-Z0-9]{64}'],
  ['dapi', '[0-9a-f]{32}(?:-[0-9])?'],
  ['pscale_', '(?:tkn|pw|oauth)_[A-Za-z0-9_.=-]{32,64}'],
  ['sb[ps]_', '[a-f0-9]{40}'],
  // Working together: Atlassian, Notion, Linear, Figma, Airtable, Asana, Postman, ReadMe, Frame.io, Typeform, Intra 42, Prefect.
  ['ATATT3', '[A-Za-z0-9_=-]{150,250}'],
  ['ntn_', '[0-9]{11}[A-Za-z0-9]{35}'],
  ['secret_', '[A-Za-z0-9]{43}'],
  ['lin_', '(?:api|oauth)_[A-Za-z0-9]{40,64}'],
  ['fig[doru]{1,2}_', '[A-Za-z0-9_-]{40}'],
  ['pat[A-Za-z0-9]{14}\\.', '[a-f0-9]{64}'],
  ['PMAK-', '[a-f0-9]{24}-[a-f0-9]{34}'],
  ['rdme_', '[a-z0-9]{70}'],
  ['fio-u-', '[A-Za-z0-9_=-]{64}'],
  ['tfp_', '[A-Za-z0-9_.=-]{59}'],
  ['s-s4t2(?:ud|af)-', '[a-f0-9]{64}'],
  ['pnu_', '[A-Za-z0-9]{36}'],
  ['tskey-', '[a-z]{3,12}-[A-Za-z0-9-]{20,64}'],
  // JSON Web Tokens (RFC 7519): two JSON objects and a signature.
  ['eyJ', '[A-Za-z0-9_-]{10,2000}\\.eyJ[A-Za-z0-9_-]{10,4000}\\.[A-Za-z0-9_-]{10,1500}'],
];

function shapesOf(type: PiiType, confidence: number, rows: readonly Row[]): Shape[] {
  return rows.map(([beginning, rest]) => ({
    type,
    first: /^[A-Za-z0-9]/.exec(beginning)?.[0] ?? '',
    confidence,
    pattern: new RegExp(`${beginning}${rest}${END}`, 'y'),
  }));
}

const ALL: readonly Shape[] = [
  ...shapesOf('AWSKey', 0.95, AWS),
  ...shapesOf('GitHubToken', 0.98, GITHUB),
  ...shapesOf('GenericAPIKey', 0.95, OTHERS),
];

const beginnings = new Set([...AWS, ...GITHUB, ...OTHERS].map(([beginning]) => beginning));

/** Where one of the shapes may begin: not in the middle of a word. */
export const BEGINNING = new RegExp(`(?<![A-Za-z0-9])(?:${Array.from(beginnings).join('|')})`, 'g');

/** The shapes that may begin with this character, in the order of the lists above. */
export function shapesBeginningWith(character: string): readonly Shape[] {
  return BY_FIRST.get(character) ?? ANY_FIRST;
}

const ANY_FIRST = ALL.filter(({ first }) => first === '');
const BY_FIRST: ReadonlyMap<string, readonly Shape[]> = new Map(
  ALL.map(({ first }) => [first, ALL.filter((shape) => shape.first === first || shape.first === '')]),
);
