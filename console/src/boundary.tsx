/** Keeps a page that broke from taking the console with it, and says so. */
import { Component, type ReactNode } from 'react';
import { ApiError } from './api/client.ts';
import { Failed } from './parts/states.tsx';

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
    return <Failed error={error} retry={() => this.setState({ broken: undefined })} />;
  }
}
