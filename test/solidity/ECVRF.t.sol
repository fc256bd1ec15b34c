// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ECVRFHarness} from "../../contracts/mocks/ECVRFHarness.sol";
import {CurvePoints} from "./support/CurvePoints.sol";

interface Vm {
    function readFile(string calldata path) external view returns (string memory);
    function parseJsonUintArray(
        string calldata json,
        string calldata key
    ) external pure returns (uint256[] memory);
    function parseJsonBytesArray(
        string calldata json,
        string calldata key
    ) external pure returns (bytes[] memory);
    function parseJsonBytes32Array(
        string calldata json,
        string calldata key
    ) external pure returns (bytes32[] memory);
}

/// @dev Starts from the public vectors with their witnesses and changes them at random: nothing but
/// the vector itself may be taken.
contract ECVRFTest {
    Vm private constant VM = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    ECVRFHarness private harness = new ECVRFHarness();
    uint256[] private keyX;
    uint256[] private keyY;
    bytes[] private alphas;
    bytes[] private proofs;
    bytes32[] private betas;

    function setUp() external {
        string memory json = VM.readFile("test/vectors/ecvrf-onchain.json");
        keyX = VM.parseJsonUintArray(json, ".keyX");
        keyY = VM.parseJsonUintArray(json, ".keyY");
        alphas = VM.parseJsonBytesArray(json, ".alpha");
        proofs = VM.parseJsonBytesArray(json, ".proof");
        betas = VM.parseJsonBytes32Array(json, ".beta");
    }

    function test_TakesAllPublicVectors() external view {
        assert(betas.length == 23);
        for (uint256 i = 0; i < betas.length; ++i) {
            assert(harness.verify(keyX[i], keyY[i], alphas[i], proofs[i]) == betas[i]);
        }
    }

    function testFuzz_RefusesAnyChangedWord(
        uint256 pick,
        uint256 place,
        bytes32 mask
    ) external view {
        uint256 i = pick % betas.length;
        bytes memory proof = proofs[i];
        place %= proof.length;
        bytes memory original = proofs[i];
        for (uint256 j = 0; j < 32 && place + j < proof.length; ++j) proof[place + j] ^= mask[j];
        if (keccak256(proof) == keccak256(original)) return;
        assert(!_takes(keyX[i], keyY[i], alphas[i], proof));
    }

    function testFuzz_RefusesAnotherInput(uint256 pick, bytes calldata alpha) external view {
        uint256 i = pick % betas.length;
        if (keccak256(alpha) == keccak256(alphas[i])) return;
        assert(!_takes(keyX[i], keyY[i], alpha, proofs[i]));
    }

    function testFuzz_RefusesAnotherKey(uint256 pick, uint64 secret) external view {
        uint256 i = pick % betas.length;
        CurvePoints.Point memory other = CurvePoints.multiply(
            CurvePoints.generator(),
            uint256(secret) + 1
        );
        if (other.x == keyX[i] && other.y == keyY[i]) return;
        assert(!_takes(other.x, other.y, alphas[i], proofs[i]));
        assert(!_takes(keyX[i], keyY[i] ^ 1, alphas[i], proofs[i]));
    }

    function testFuzz_RefusesWitnessesOfAnotherProof(
        uint256 pick,
        uint256 from,
        uint256 start,
        uint256 length
    ) external view {
        uint256 i = pick % betas.length;
        uint256 j = from % betas.length;
        if (i == j) return;
        bytes memory proof = proofs[i];
        bytes memory other = proofs[j];
        uint256 shorter = proof.length < other.length ? proof.length : other.length;
        start %= shorter;
        length = 1 + (length % (shorter - start));
        for (uint256 k = start; k < start + length; ++k) proof[k] = other[k];
        if (keccak256(proof) == keccak256(proofs[i])) return;
        assert(!_takes(keyX[i], keyY[i], alphas[i], proof));
    }

    function testFuzz_RefusesAnythingAtAll(
        uint256 pick,
        bytes calldata proof,
        bytes calldata alpha
    ) external view {
        uint256 i = pick % betas.length;
        assert(!_takes(keyX[i], keyY[i], alpha, proof));
    }

    function _takes(
        uint256 x,
        uint256 y,
        bytes memory alpha,
        bytes memory proof
    ) private view returns (bool) {
        try harness.verify(x, y, alpha, proof) returns (bytes32) {
            return true;
        } catch {
            return false;
        }
    }
}
