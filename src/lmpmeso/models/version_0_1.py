"""What version 0.1.0 called the models that came with it.

It told models apart by their ``repr``, titles and references included: its runs hold that text, and
its campaigns the first 16 digits of its SHA-256, on which the names of their folders depend.
"""

DIGESTS = {
    "8676a3ac1c3f5d2f2da5f3cd79ea1e7c3b02796b55c72dd86991973df18fb358": "0a1c5ce8d36a6aae",  # ipl
    "b175c5e195dea982095e17b5c3c136ecc3dce0b11b0471345443ff1a09469e73": "25ff293473ad5c16",  # ipl2d
    "035d9e944b01bf1c8f854bcf807a1683249e510190503a2df78c502420c0b27b": "c7478d9c4d2a49cd",  # mblj
    "942224097c3fe567bbd4521efc99b0391d95f3889ddda8a2fcff9fa05f7ae215": "38ad3d17556dade1",  # ss
    "da6abf327186c503b1b14cdc93c0c44ff4306e3c19d675a12c88ab0d719b943f": "79a65d53f5a5e8e3",  # ss-0.70
    "94ebd4fa873b1ff1ea50a2bff1b294a91c802656eae4d82a20aa9b9af337f626": "8e4aca323cf7cbc5",  # ss-0.95
    "b42e5979efc40c3b2c434e937825b8fdaa7cb3535663cf455dd97dc33c21e8c9": "6af4ef5a79121dc5",  # sw
    "c13a6e710f5649eb957342e7cc2facbca1efc4ec342d18953441b14f93ee06a0": "4c00f7a5b8570e14",  # ka
}
"""The digest of version 0.1.0 by that of :meth:`GlassModel.identity`."""
