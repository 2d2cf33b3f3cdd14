import { getRouteApi, useRouter } from '@tanstack/react-router';
import { base } from '../../api/base.js';
import { sessionText as text } from '../../messages/en/session.js';
import { Entry } from '../../session/entry.js';
import { SignInForm } from '../../session/sign-in-form.js';

const route = getRouteApi('/sign-in');

/** Signs in, and leads back to where one was. */
export function SignInPage() {
  const { to, fault } = route.useSearch();
  const router = useRouter();
  const target = ownAddress(to);
  const { href, origin } = new URL(`admin${target}`, base);
  return (
    <Entry title={text.title} said={text.said}>
      {fault !== undefined && <p role="alert">{text.byProvider[fault]}</p>}
      <SignInForm
        returnTo={href.slice(origin.length)}
        onDone={() => router.history.replace(href.slice(origin.length))}
      />
    </Entry>
  );
}

/** Never another's: `//host` and the like begin an address elsewhere. */
function ownAddress(to: string | undefined): string {
  return to !== undefined && /^\/(?![/\\])/.test(to) ? to : '/';
}
