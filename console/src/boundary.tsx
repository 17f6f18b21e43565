/** Keeps a page that broke from taking the console with it, and says so. */
import { Component, type ReactNode } from 'react';
import { ApiError } from './api/client.ts';
import { Failed } from './parts/states.tsx';

/** A part of the console that is no longer there: the server has a newer build, which only a reload brings. */
const isLost = (broken: Error): boolean => /dynamically imported module|module script failed/i.test(broken.message);

interface Props {
  readonly children: ReactNode;
}

export class Boundary extends Component<Props, { readonly broken: Error | undefined }> {
  override state: { readonly broken: Error | undefined } = { broken: undefined };

  static getDerivedStateFromError(broken: Error) {
    return { broken };
  }

  override render() {
    const { broken } = this.state;
    if (broken === undefined) return this.props.children;
    const error = new ApiError({ code: 'CONSOLE', message: broken.message, fix: '', status: 0 });
    const again = () => (isLost(broken) ? window.location.reload() : this.setState({ broken: undefined }));
    return <Failed error={error} retry={again} />;
  }
}
