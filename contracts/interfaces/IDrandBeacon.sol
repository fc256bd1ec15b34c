// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {G1, G2} from "../libraries/BLS12381.sol";
import {IRandomnessBeacon} from "./IRandomnessBeacon.sol";

/// @title IDrandBeacon
/// @notice A beacon out of a drand chain: the value of an epoch is the randomness of the first round
/// that is due `delay` seconds or more after the epoch has started.
/// @dev The round's signature is checked here (BLS12-381, scheme `bls-unchained-g1-rfc9380`), so it does not
/// matter who brings it. It is the only one that the chain's key can make for that round, so nobody chooses
/// a value: whoever brings it can only bring it or not, until the epoch is over. What is trusted: fewer than a
/// threshold of drand's members work together, for those could know rounds early or keep one back, and the
/// chain of this contract tells the time within `delay` of the true one.
///
/// Why `delay`: transactions of an epoch must not be able to know its value before it has started. A chain
/// may still include blocks dated before the start when the clock is past it; the round has to come later
/// than the last of them. Rounds carry no chain id and no contract: beacons with the same clock and key
/// have the same values.
interface IDrandBeacon is IRandomnessBeacon {
    /// @param genesis Unix time of round 1.
    /// @param period Seconds between rounds.
    /// @param publicKey The key that signs all rounds.
    struct DrandChain {
        uint64 genesis;
        uint32 period;
        G2 publicKey;
    }

    /// @notice A drand chain has at least one second between rounds.
    error DrandBeacon_PeriodZero();
    /// @notice Less than this can be below the lag of block time: two slots, or a second on local chains.
    error DrandBeacon_DelayTooShort(uint32 got, uint32 limit);
    /// @notice Delay and one period together must leave half of the epoch to bring the round in.
    error DrandBeacon_DelayTooLong(uint256 got, uint256 limit);
    /// @notice The first epoch's round would be due before drand's round 1.
    error DrandBeacon_BeforeFirstRound(uint64 got, uint64 limit);
    /// @notice The key is infinity or no point of G2, or the chain cannot tell for lack of EIP-2537.
    error DrandBeacon_NotAPublicKey();

    /// @notice A value can come only while its epoch runs.
    error DrandBeacon_EpochNotRunning(uint32 got, uint32 running);
    /// @notice Somebody else brought the round before.
    error DrandBeacon_AlreadyThere(uint32 epoch);
    /// @notice This is not the signature of `round`, the one that the epoch needs, by the chain's key.
    error DrandBeacon_NotTheRound(uint64 round);

    /// @notice Brings the signature of `roundOf(epoch)` and makes the epoch's value final. Anyone may.
    /// @dev Simulate first: a point that is none costs all gas of the call.
    /// @param epoch Must be running.
    /// @param signature The round's signature, decompressed, each coordinate padded to 64 bytes.
    function submit(uint32 epoch, G1 calldata signature) external;

    /// @return epoch The running epoch.
    /// @return round The round that `submit` waits for in it; zero before genesis, and when the value is there.
    function awaited() external view returns (uint32 epoch, uint64 round);

    /// @return The drand round that decides `epoch`.
    function roundOf(uint32 epoch) external view returns (uint64);

    /// @return Seconds from the start of an epoch to the earliest time its round may be due.
    function delay() external view returns (uint32);

    /// @return The drand chain whose rounds are taken.
    function drandChain() external view returns (DrandChain memory);
}
