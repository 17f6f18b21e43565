/** Below a table of pages: what is shown of how much, and the pages to turn. */
import { Pagination } from 'antd';
import type { ReactNode } from 'react';

interface PagingProps {
  /** From 1. */
  readonly page: number;
  /** Rows of a full page. */
  readonly size: number;
  /** Rows of all pages. */
  readonly total: number;
  onChange(page: number): void;
  readonly children?: ReactNode;
}

export function Paging({ page, size, total, onChange, children }: PagingProps) {
  return (
    <div className="paging">
      <span className="small soft">{children}</span>
      <Pagination
        size="small"
        current={page}
        pageSize={size}
        total={total}
        showSizeChanger={false}
        onChange={onChange}
      />
    </div>
  );
}
