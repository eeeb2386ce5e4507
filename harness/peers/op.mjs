// enableHR's sign-in played by oidc-provider: its paths, its way to name the client, and GET /users/self.
// node op.mjs PORT REDIRECT_URI: any user name and password will do; PKCE is required.
import { Provider } from 'oidc-provider';

const [port, redirectUri] = process.argv.slice(2);
const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [{
    client_id: 'ihub',
    client_secret: 'ihub-demo-secret',
    redirect_uris: [redirectUri],
    grant_types: ['authorization_code'],
    response_types: ['code'],
    token_endpoint_auth_method: 'client_secret_basic',
  }],
  scopes: ['read:accounts'],
  routes: { authorization: '/oauth/authorize', token: '/oauth/token' },
  pkce: { required: () => true },
  features: { devInteractions: { enabled: true } },
  cookies: { keys: ['only for tests'] },
  ttl: { AccessToken: 1800, AuthorizationCode: 300, Grant: 3600, Interaction: 600, Session: 3600 },
});

provider.use(async (ctx, next) => {
  if (ctx.path !== '/users/self') return next();
  const given = (ctx.get('authorization') || '').replace(/^Bearer /, '');
  const token = await provider.AccessToken.find(given);
  if (!token) {
    ctx.status = 401;
    return undefined;
  }
  ctx.body = {
    username: token.accountId,
    firstName: 'Oidc',
    lastName: 'Person',
    accounts: [{ id: '1001', legalName: 'Harbour Foods Pty Ltd' }],
  };
  return undefined;
});

provider.listen(Number(port), '127.0.0.1', () => console.log('ready'));
