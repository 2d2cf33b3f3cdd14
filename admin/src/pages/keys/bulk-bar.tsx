import { useState } from 'react';
import { queryClient } from '../../api/queries.js';
import { bulkText as text } from '../../messages/en/bulk.js';
import { keysText } from '../../messages/en/keys.js';
import { useCan } from '../../session/use-session.js';
import { Button } from '../../ui/button.js';
import { Dialog } from '../../ui/dialog.js';
import { BULK_ACTS, type BulkAct, type BulkReport } from './bulk-acts.js';
import { BulkDialog } from './bulk-dialog.js';
import { BulkItems } from './bulk-items.js';
import css from './keys.module.css';
import type { Selection } from './selection.js';

/** What can be done with the keys that are selected. */
export function BulkBar({ selection }: { readonly selection: Selection }) {
  const [act, setAct] = useState<BulkAct>();
  const [report, setReport] = useState<BulkReport>();
  const can = useCan();
  const ids = [...selection.ids];
  const hear = (next: BulkReport) => {
    setReport(next);
    selection.set([]);
    void queryClient.invalidateQueries();
  };
  return (
    <>
      {ids.length > 0 && (
        <section className={css['bar']} aria-label={keysText.columns.select}>
          <span>{keysText.selected(ids.length)}</span>
          {BULK_ACTS.filter(({ scope }) => can(scope)).map((one) => (
            <Button
              key={one.act}
              isSmall
              look={one.act === 'revoke' ? 'dangerPlain' : 'plain'}
              onClick={() => setAct(one.act)}
            >
              {text.acts[one.act]}
            </Button>
          ))}
          <Button isSmall look="quiet" onClick={() => selection.set([])}>
            {keysText.unselect}
          </Button>
        </section>
      )}
      {act !== undefined && ids.length > 0 && (
        <BulkDialog ids={ids} act={act} onClose={() => setAct(undefined)} onDone={hear} />
      )}
      {report !== undefined && <Result report={report} onClose={() => setReport(undefined)} />}
    </>
  );
}

/** What became of each; links to new secrets are shown this once. */
function Result(props: { readonly report: BulkReport; readonly onClose: () => void }) {
  const { items, totals } = props.report;
  const hasLinks = items.some(({ claim }) => claim !== undefined);
  const said = text.resultSaid(totals.done, totals.unchanged, totals.refused);
  return (
    <Dialog
      isOpen
      isWide
      title={text.result}
      said={hasLinks ? `${said}. ${text.links}` : said}
      onClose={hasLinks ? undefined : props.onClose}
      foot={
        <Button look="main" onClick={props.onClose}>
          {text.finish}
        </Button>
      }
    >
      <BulkItems items={items} />
    </Dialog>
  );
}
