// enableHR's sign-in and API played by oidc-provider with rotation on: a refresh token used twice kills the whole grant.
// node rotating.mjs PORT REDIRECT_URI: any user name and password will do.
import { Provider } from 'oidc-provider';

const [port, redirectUri] = process.argv.slice(2);
const ACCOUNT = { id: '1001', tradingName: 'Harbour Foods', legalName: 'Harbour Foods Pty Ltd' };
const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [{
    client_id: 'ihub',
    client_secret: 'ihub-demo-secret',
    redirect_uris: [redirectUri],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    token_endpoint_auth_method: 'client_secret_basic',
  }],
  scopes: ['read:accounts', 'read:employees', 'read:employees:payroll', 'manage:employees:payroll', 'offline_access'],
  routes: { authorization: '/oauth/authorize', token: '/oauth/token', revocation: '/oauth/revoke' },
  pkce: { required: () => false },
  features: { devInteractions: { enabled: true }, revocation: { enabled: true } },
  issueRefreshToken: async () => true,
  rotateRefreshToken: true,
  cookies: { keys: ['only for tests'] },
  ttl: { AccessToken: 1800, AuthorizationCode: 300, RefreshToken: 1209600, Grant: 1209600, Interaction: 600, Session: 3600 },
});

provider.use(async (ctx, next) => {
  // enableHR always asks for consent; without it offline access would not be given.
  if (ctx.path === '/oauth/authorize' && !ctx.query.prompt) ctx.query = { ...ctx.query, prompt: 'consent' };
  if (!['/users/self', '/accounts/self'].includes(ctx.path)) return next();
  const token = await provider.AccessToken.find((ctx.get('authorization') || '').replace(/^Bearer /, ''));
  if (!token) {
    ctx.status = 401;
    return undefined;
  }
  ctx.body = ctx.path === '/accounts/self' ? { accountIds: ACCOUNT.id } : { username: token.accountId, accounts: [ACCOUNT] };
  return undefined;
});

provider.listen(Number(port), '127.0.0.1', () => console.log('ready'));
