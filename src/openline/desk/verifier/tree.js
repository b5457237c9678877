// RFC 6962 trees: leaf and node hashes, frontiers, inclusion and consistency (PROTOCOL parts 1, 6).

const sha256 = (data) => noble.sha256(data);
const EMPTY_ROOT = sha256(new Uint8Array(0));
const leafHash = (data) => sha256(concat(new Uint8Array([0]), data));
const nodeHash = (left, right) => sha256(concat(new Uint8Array([1]), left, right));

// Sizes go up to 2**53, beyond what the bit operators of the language reach.
const half = (number) => Math.floor(number / 2);
const isOdd = (number) => number % 2 === 1;

function onesIn(number) {
  let ones = 0;
  for (let rest = number; rest > 0; rest = half(rest)) ones += isOdd(rest) ? 1 : 0;
  return ones;
}

/** The tree of `size` leaves that `hashes` stand for, with more leaf hashes appended. */
function extendTree(size, hashes, leaves) {
  if (hashes.length !== onesIn(size)) {
    throw badProof(`frontier of size ${size} with ${hashes.length} hashes`);
  }
  const stack = [...hashes];
  let count = size;
  for (const leaf of leaves) {
    let hash = leaf;
    for (let rest = count; isOdd(rest); rest = half(rest)) hash = nodeHash(stack.pop(), hash);
    stack.push(hash);
    count += 1;
  }
  if (count > INTEGER_MAX) throw badProof(`frontier of size ${count} with ${stack.length} hashes`);
  let root = stack.pop();
  if (root === undefined) return { size: count, root: EMPTY_ROOT };
  while (stack.length > 0) root = nodeHash(stack.pop(), root);
  return { size: count, root };
}

const rootOf = (leaves) => extendTree(0, [], leaves).root;

/** The root that a leaf hash at `index` and its path claim for a tree of `size` leaves. */
function rootByPath(leaf, index, size, proof) {
  if (!(index >= 0 && index < size && size <= INTEGER_MAX)) {
    throw badProof(`inclusion: index ${index} is not below size ${size}`);
  }
  let root = leaf;
  let used = 0;
  for (let at = index, last = size - 1; last > 0; at = half(at), last = half(last)) {
    if (!isOdd(at) && at >= last) continue; // the last of an odd level has no sibling there
    if (used === proof.length) throw badProof(`inclusion of ${index} in ${size}: proof is too short`);
    root = isOdd(at) ? nodeHash(proof[used], root) : nodeHash(root, proof[used]);
    used += 1;
  }
  if (used !== proof.length) throw badProof(`inclusion of ${index} in ${size}: proof is too long`);
  return root;
}

function verifyInclusion(leaf, index, size, proof, root) {
  if (!sameBytes(rootByPath(leaf, index, size, proof), root)) {
    throw badProof(`inclusion of ${index} in ${size}: another root`);
  }
}

/** Returns if the tree of `size` under `root` extends the tree of `old` under `oldRoot`. */
function verifyConsistency(old, size, proof, oldRoot, root) {
  if (old > size || size > INTEGER_MAX) throw badProof(`consistency: old size ${old} above size ${size}`);
  for (const [count, claimed] of [[old, oldRoot], [size, root]]) {
    if (count === 0 && !sameBytes(claimed, EMPTY_ROOT)) {
      throw badProof("consistency: size 0 with another root than that of no leaves");
    }
  }
  if (old === 0 || old === size) {
    if (proof.length > 0) throw badProof(`consistency from ${old} to ${size}: proof is not empty`);
    if (old === size && !sameBytes(oldRoot, root)) {
      throw badProof(`consistency: two roots of one size ${size}`);
    }
    return;
  }
  // Where the old tree is one full subtree its root is not in the proof (RFC 9162, 2.1.4.2).
  const path = onesIn(old) === 1 ? [oldRoot, ...proof] : proof;
  if (path.length === 0) throw badProof(`consistency from ${old} to ${size}: proof is empty`);
  let at = old - 1;
  let last = size - 1;
  while (isOdd(at)) [at, last] = [half(at), half(last)];
  let before = path[0];
  let after = path[0];
  for (const sibling of path.slice(1)) {
    if (last === 0) throw badProof(`consistency from ${old} to ${size}: proof is too long`);
    if (isOdd(at) || at === last) {
      before = nodeHash(sibling, before);
      after = nodeHash(sibling, after);
      while (at > 0 && !isOdd(at)) [at, last] = [half(at), half(last)];
    } else {
      after = nodeHash(after, sibling);
    }
    [at, last] = [half(at), half(last)];
  }
  if (last !== 0) throw badProof(`consistency from ${old} to ${size}: proof is too short`);
  if (!sameBytes(before, oldRoot) || !sameBytes(after, root)) {
    throw badProof(`consistency from ${old} to ${size}: another root`);
  }
}
