import { useRef, useState } from 'react';
import { auditText as text } from '../../messages/en/audit.js';
import { Button } from '../../ui/button.js';
import { faultWords } from '../../ui/fault-words.js';
import { tellFault } from '../../ui/toasts.js';
import { everyEvent } from './queries.js';
import type { AuditSearch } from './search.js';

/** Hands out all events that are looked for, as a file. */
export function ExportButton({ search }: { readonly search: AuditSearch }) {
  const [count, setCount] = useState<number>();
  const running = useRef<AbortController>(undefined);
  const run = async () => {
    const controller = new AbortController();
    running.current = controller;
    const lines: string[] = [];
    setCount(0);
    try {
      for await (const events of everyEvent(search, controller.signal)) {
        for (const event of events) lines.push(`${JSON.stringify(event)}\n`);
        setCount(lines.length);
      }
      save(lines);
    } catch (error) {
      if (controller.signal.aborted) return;
      const { title, todo } = faultWords(error);
      tellFault(title, todo);
    } finally {
      setCount(undefined);
    }
  };
  if (count === undefined) {
    return (
      <Button icon="truck" title={text.exportSaid} onClick={() => void run()}>
        {text.export}
      </Button>
    );
  }
  return (
    <Button icon="close" onClick={() => running.current?.abort()}>
      <span role="status">{text.exporting(count)}</span> {text.stop}
    </Button>
  );
}

function save(lines: readonly string[]): void {
  const url = URL.createObjectURL(new Blob([...lines], { type: 'application/jsonl' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = 'keyturn-events.jsonl';
  link.click();
  URL.revokeObjectURL(url);
}
