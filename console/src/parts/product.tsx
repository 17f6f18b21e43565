/** A product's picture, with its first letters where there is none. */
import { useState } from 'react';
import { pictureAddress } from '../api/client.ts';
import type { Titled } from '../api/types.ts';
import { href, pathOf } from '../router.ts';
import { useShop } from '../shop.tsx';

export function Picture({ imageUrl, title, size = 56 }: { imageUrl: string | null; title: string; size?: number }) {
  const [broken, setBroken] = useState<string>();
  const address = pictureAddress(imageUrl);
  if (address === undefined || broken === address) {
    return (
      <span className="picture picture-none" style={{ width: size, height: size }} aria-hidden="true">
        {[...title].slice(0, 2).join('')}
      </span>
    );
  }
  return (
    <img
      className="picture"
      src={address}
      alt=""
      width={size}
      height={size}
      loading="lazy"
      onError={() => setBroken(address)}
    />
  );
}

/** The product's title as a link to its page. */
export function ProductLink({ product }: { product: Titled }) {
  const { titleOf } = useShop();
  return <a href={href(pathOf('products', product.productId))}>{titleOf(product)}</a>;
}
