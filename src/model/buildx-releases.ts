/** What GitHub's releases of buildx call the processors they are built for. */
export type BuildxArch = 'amd64' | 'arm64' | 'arm-v7'

/**
 * The releases of buildx that may be installed, newest first, and the SHA-256 of each binary for Linux. A row holds what two
 * records agree on that others keep of the `checksums.txt` beside the release: docker-library/docker (versions.json), the
 * history of the `docker` images, which check it as they are built, and for the newest, projects that pin it. What only
 * one of them knows is left out.
 */
const SHA256: Readonly<Record<string, Readonly<Partial<Record<BuildxArch, string>>>>> = {
  '0.38.0': { amd64: '4fe4cc38adf48169132749b6ca22a990928db0118e3407584ee553723115d287' },
  '0.37.2': {
    amd64: '982ca20490b45ed1ec8d99795974d3d874a358f75938c9c237305010e6b7e548',
    arm64: 'efa38cb7aa7db2dbb9ad049b00b0a9737f66f033626177b5a4e845184ad7ab29',
  },
  '0.37.1': {
    amd64: '9447199cdb435f25880548343c128a4b6650e8891ee598905d8d29d39a8e359b',
    arm64: 'e5cc9fe3bbff5cbc91230981f7860e06076110730a2db997082652199042a1f2',
  },
  '0.37.0': {
    amd64: 'ae43fa08c796b44efc86d7a63c55f73f7c35f3101188dea7bf93bcd6f99577ba',
    arm64: 'd263ce31bd2c9e9210aaa2c7537c67802bccabcd342e4c9fe4907085ddb41aa5',
  },
  '0.36.1': {
    amd64: '48af8a397ebd60178778bf63611dbcebe5f5e7a9be90eb9147b24b9587455778',
    arm64: '5d0cafd9d16afe1a0f0d9529885344ace2cc99efdd531b6c783c5455a6001569',
    'arm-v7': '32ff9bee8c48c1fbceb1e2fb1d8472ec817ad1e25b5dff58ec9abf9b8d903518',
  },
  '0.36.0': {
    amd64: '07823fdfcd82a41be90155a8b16876c1a780a6462de805a9f3f63b3119ccfb99',
    arm64: '70382de03915c07c488ae4ddc4f7e169ee978f953e754ecfce110ba017e0132b',
    'arm-v7': '50527239ba76f72e9ffd8227a2e265c6751f71e4908546f0f68c329e87b2c71c',
  },
  '0.35.0': {
    amd64: 'd41ece72044243b4f58b343441ae37446d9c29a7d6b5e11c61847bbcf8f7dfda',
    arm64: 'c4248d6cbc4a619a7e0b4609c11e509ad4ac0b475e1c64817c0ac20c5d90c766',
    'arm-v7': 'e1fe67cbe2d5a7b242e5f732a9708e6abaa6d19d717e65bfbd1d13baa8669d1f',
  },
  '0.34.1': {
    amd64: 'f1332ddb9010bd0b72628266c3a906d9a6979848033df4c8d9bd2cd113bae12b',
    arm64: 'c34e32dd6ea2653d960d6c099c9f09b9077e4a37504d2d31e5066eccc3904231',
    'arm-v7': 'ad4e0938c94638ac882641b924f6eff6889cc59a11f062e733cf337458aa6f35',
  },
  '0.33.0': {
    amd64: '9426a15411f35f635afef3f5d3bae53155c3e30d26dee430cc968e13d34be49f',
    arm64: '204dc28447d3bb48f42ed1ce5747e0885cd57e306506a39029311becdb1ef786',
    'arm-v7': '4d80358ce3d217f38ac9e914cb8501fd4a8a45bc3ac3c23d303e623f275a45df',
  },
  '0.32.1': {
    amd64: '2bbc1b8ebc9a05287b01bc2fe6633ec5e2f53d58ee955ae69756d668e7098e5e',
    arm64: 'f03767cb0149759d409cd600b915bce764175ffda6eb3e86e14cc84a5637176a',
    'arm-v7': 'c3abd2992c0cbef5d307ec59d490f65c563008798a6b01a85a82069ad9945aad',
  },
  '0.31.1': {
    amd64: 'dc8eaffbf29138123b4874d852522b12303c61246a5073fa0f025e4220317b1e',
    arm64: '963c674c558dad2eefd42304a09020329a196ed16819b72396e7657eb69f031b',
    'arm-v7': '9a3cd7007611be95608a623b01ce9749b667450bf57f756e112770eeaa3cde8b',
  },
  '0.30.1': {
    amd64: 'c37114fcd034025ec68e224657c8a5a850df472ded3ddcbca75ad3a7ebb9710d',
    arm64: '31d012d52d6df68aef4b55db62330967b562811f0de30cdfaa4505f314797c76',
    'arm-v7': '32646cb57c43640a71c81f206897b78a8f1abe6b6db62bab115b5940fc5be884',
  },
  '0.29.1': {
    amd64: '7d2d7d6d4680aa349614965aaa33ccec43f1a9a21e908a5ce4cb6adfa5ad5141',
    arm64: '50e85c4e290b698908421161c1aee069bcc5d4a65b7b7201bfac3a176b223a7e',
    'arm-v7': 'ba46e94d7420b4b05ff02109f5f8a937a86a620a660898ff15fb987022f62588',
  },
}

/** The releases that may be installed, or of those the ones that have a binary for a processor; newest first. */
export const buildxVersions = (arch?: BuildxArch): readonly string[] =>
  Object.keys(SHA256).filter((version) => arch === undefined || SHA256[version]?.[arch] !== undefined)

/** What the binary of a release has to hash to; undefined where it is not known here. */
export const buildxSha256 = (version: string, arch: BuildxArch): string | undefined => SHA256[version]?.[arch]

/** A release by its number, `0.30.1` or `v0.30.1`; throws, and says which there are, for any other. */
export function parseBuildxVersion(text: string): string {
  const version = buildxVersions().find((each) => each === text.replace(/^v/, ''))
  if (version !== undefined) return version
  throw new Error(`${JSON.stringify(text)} is not one of ${buildxVersions().join(', ')}, whose checksums are known`)
}
