// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @dev A point of the curve over the base field, as EIP-2537 writes it: each coordinate in 64 bytes,
/// of which the first 16 are zero. All zero is infinity.
struct G1 {
    uint256 xHigh;
    uint256 xLow;
    uint256 yHigh;
    uint256 yLow;
}

/// @dev A point of the twisted curve, as EIP-2537 writes it: a coordinate is `c0 + c1·u`, `c0` first.
struct G2 {
    uint256 x0High;
    uint256 x0Low;
    uint256 x1High;
    uint256 x1Low;
    uint256 y0High;
    uint256 y0Low;
    uint256 y1High;
    uint256 y1Low;
}

/// @title BLS12381
/// @notice Signatures with points of G1 under keys of G2, checked by the precompiles of EIP-2537.
/// @dev The pairing precompile refuses coordinates that are not reduced, points off the curve and
/// points outside the subgroup of prime order; a point that has passed it has one encoding only. A
/// refusing precompile takes all gas that it was given.
library BLS12381 {
    address private constant MODEXP = address(0x05);
    address private constant G1_ADD = address(0x0b);
    address private constant PAIRING_CHECK = address(0x0f);
    address private constant MAP_FP_TO_G1 = address(0x10);

    uint256 private constant P_HIGH = 0x1a0111ea397fe69a4b1ba7b6434bacd7;
    uint256 private constant P_LOW =
        0x64774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaab;
    /// @dev `(P − 1) / 2`: a larger ordinate is the larger one of the two that an abscissa has.
    uint256 private constant HALF_HIGH = 0x0d0088f51cbff34d258dd3db21a5d66b;
    uint256 private constant HALF_LOW =
        0xb23ba5c279c2895fb39869507b587b120f55ffff58a9ffffdcff7fffffffd555;

    uint128 private constant COMPRESSED = 1 << 127;
    uint128 private constant LARGER = 1 << 125;

    /// @notice The chain lacks a precompile, or it refused what it cannot refuse.
    error BLS12381_PrecompileFailed(address precompile);

    /// @return Whether `key` is a point of G2 other than infinity.
    function isPublicKey(G2 memory key) internal view returns (bool) {
        uint256 someBit = key.x0High | key.x0Low | key.x1High | key.x1Low;
        someBit |= key.y0High | key.y0Low | key.y1High | key.y1Low;
        if (someBit == 0) return false;
        // Infinity pairs to one with whatever is a point.
        return _pairsToOne(abi.encode(G1(0, 0, 0, 0), key));
    }

    /// @return Whether `signature = s·hash` for the `s` of which `key` is `s` times the generator.
    /// @dev `key` must have passed isPublicKey: every signature would hold under the key infinity.
    function isSignature(
        G2 memory key,
        G1 memory hash,
        G1 memory signature
    ) internal view returns (bool) {
        return _pairsToOne(abi.encode(signature, _minusGenerator(), hash, key));
    }

    /// @return The point that RFC 9380 makes of `message`, suite BLS12381G1_XMD:SHA-256_SSWU_RO_.
    /// @param dst Domain separation tag, at most 255 bytes.
    function hashToG1(bytes32 message, bytes memory dst) internal view returns (G1 memory) {
        // expand_message_xmd: four blocks of 32 bytes, two for each field element.
        bytes memory dstPrime = abi.encodePacked(dst, uint8(dst.length));
        bytes32 b0 = sha256(
            abi.encodePacked(bytes32(0), bytes32(0), message, uint16(128), uint8(0), dstPrime)
        );
        bytes32 b1 = sha256(abi.encodePacked(b0, uint8(1), dstPrime));
        bytes32 b2 = sha256(abi.encodePacked(b0 ^ b1, uint8(2), dstPrime));
        bytes32 b3 = sha256(abi.encodePacked(b0 ^ b2, uint8(3), dstPrime));
        bytes32 b4 = sha256(abi.encodePacked(b0 ^ b3, uint8(4), dstPrime));
        // The precompile clears the cofactor of each, and so of the sum.
        bytes memory sum = _call(
            G1_ADD,
            abi.encodePacked(
                _call(MAP_FP_TO_G1, _reduce(b1, b2), 128),
                _call(MAP_FP_TO_G1, _reduce(b3, b4), 128)
            ),
            128
        );
        return abi.decode(sum, (G1));
    }

    /// @return The 48 bytes of the compressed form, flags in the three highest bits.
    /// @dev For points only, and not for infinity.
    function compress(G1 memory point) internal pure returns (bytes memory) {
        bool larger =
            point.yHigh > HALF_HIGH || (point.yHigh == HALF_HIGH && point.yLow > HALF_LOW);
        uint128 flags = larger ? COMPRESSED | LARGER : COMPRESSED;
        return abi.encodePacked(uint128(point.xHigh) | flags, point.xLow);
    }

    /// @return The 64-byte number `high ‖ low` mod `P`, in 64 bytes.
    function _reduce(bytes32 high, bytes32 low) private view returns (bytes memory) {
        uint256 length = 64;
        bytes memory power = abi.encodePacked(length, uint256(1), length, high, low, uint8(1));
        return _call(MODEXP, abi.encodePacked(power, P_HIGH, P_LOW), length);
    }

    function _pairsToOne(bytes memory pairs) private view returns (bool) {
        (bool done, bytes memory answer) = PAIRING_CHECK.staticcall(pairs);
        return done && answer.length == 32 && uint256(bytes32(answer)) == 1;
    }

    function _call(
        address precompile,
        bytes memory input,
        uint256 outputLength
    ) private view returns (bytes memory) {
        (bool done, bytes memory output) = precompile.staticcall(input);
        if (!done || output.length != outputLength) revert BLS12381_PrecompileFailed(precompile);
        return output;
    }

    function _minusGenerator() private pure returns (G2 memory) {
        return
            G2({
                x0High: 0x024aa2b2f08f0a91260805272dc51051,
                x0Low: 0xc6e47ad4fa403b02b4510b647ae3d1770bac0326a805bbefd48056c8c121bdb8,
                x1High: 0x13e02b6052719f607dacd3a088274f65,
                x1Low: 0x596bd0d09920b61ab5da61bbdc7f5049334cf11213945d57e5ac7d055d042b7e,
                y0High: 0x0d1b3cc2c7027888be51d9ef691d77bc,
                y0Low: 0xb679afda66c73f17f9ee3837a55024f78c71363275a75d75d86bab79f74782aa,
                y1High: 0x13fa4d4a0ad8b1ce186ed5061789213d,
                y1Low: 0x993923066dddaf1040bc3ff59f825c78df74f2d75467e25e0f55f8a00fa030ed
            });
    }
}
