import { useMutation } from '@tanstack/react-query';
import { auditText as text } from '../../messages/en/audit.js';
import { Button } from '../../ui/button.js';
import { CopyButton } from '../../ui/copy.js';
import { Dialog } from '../../ui/dialog.js';
import { FaultNote } from '../../ui/fault-note.js';
import { Icon } from '../../ui/icon.js';
import { Loading } from '../../ui/skeleton.js';
import css from './audit.module.css';
import { verifyChains } from './queries.js';

type Reports = Awaited<ReturnType<typeof verifyChains>>['items'];

/** Verifies the chains, and says what was found. */
export function VerifyButton({ keyspace }: { readonly keyspace: string | undefined }) {
  const { mutate, data, error, isPending, reset } = useMutation({
    mutationFn: () => verifyChains(keyspace),
  });
  return (
    <>
      <Button icon="shield" isBusy={isPending} onClick={() => mutate()}>
        {isPending ? text.verifying : text.verify}
      </Button>
      <Dialog
        isOpen={data !== undefined || error !== null}
        onClose={reset}
        title={text.verify}
        said={text.verifySaid}
        isWide
      >
        {error !== null && <FaultNote error={error} onRetry={() => mutate()} />}
        {isPending && <Loading />}
        {data !== undefined && <ReportList reports={data.items} />}
      </Dialog>
    </>
  );
}

function ReportList({ reports }: { readonly reports: Reports }) {
  return (
    <ul className={css['reports']}>
      {reports.map(({ keyspace, ok, eventCount, head, fault }) => (
        <li key={keyspace} data-tone={ok ? 'good' : 'bad'}>
          <Icon name={ok ? 'check' : 'alert'} />
          <div>
            <p>
              {ok
                ? text.whole(keyspace, eventCount.toLocaleString())
                : text.broken(keyspace, fault?.number ?? 0)}
            </p>
            {!ok && <p>{text.brokenTodo}</p>}
            <div className={css['headLine']}>
              <span className={css['soft']} title={text.headSaid}>
                {text.head}
              </span>
              <code>{`${head.number}:${head.hash}`}</code>
              <CopyButton text={`${head.number}:${head.hash}`} />
            </div>
          </div>
        </li>
      ))}
    </ul>
  );
}
