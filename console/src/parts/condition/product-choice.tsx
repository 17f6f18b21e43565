/** One or several products, found by a part of their title or id. */
import { Select } from 'antd';
import { useEffect, useState } from 'react';
import { useResource } from '../../api/resource.ts';
import type { Titled } from '../../api/types.ts';
import { useI18n } from '../../i18n/index.tsx';
import { queryText } from '../../router.ts';
import { useShop } from '../../shop.tsx';

interface ProductChoiceProps {
  readonly label: string;
  readonly chosen: unknown;
  onChange(ids: string[]): void;
}

const WAIT_MS = 300;

export function ProductChoice({ label, chosen, onChange }: ProductChoiceProps) {
  const { t } = useI18n();
  const { titleOf } = useShop();
  const [typed, setTyped] = useState('');
  const [search, setSearch] = useState('');
  useEffect(() => {
    const timer = setTimeout(() => setSearch(typed.trim()), WAIT_MS);
    return () => clearTimeout(timer);
  }, [typed]);
  const found = useResource<{ rows: readonly Titled[] }>(`/products${queryText({ search, limit: 20 })}`);
  const ids = (Array.isArray(chosen) ? chosen : [chosen]).filter((id) => id !== '' && id !== undefined).map(String);
  return (
    <Select
      mode="multiple"
      className="grow choice"
      aria-label={label}
      placeholder={t('segment.findProduct')}
      showSearch={{ filterOption: false, onSearch: setTyped }}
      maxTagCount={6}
      loading={found.loading}
      value={ids}
      onChange={(next: string[]) => {
        setTyped('');
        onChange(next);
      }}
      options={(found.data?.rows ?? []).map((row) => ({
        value: row.productId,
        label: `${titleOf(row)} · ${row.productId}`,
      }))}
    />
  );
}
