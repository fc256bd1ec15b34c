// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IDrandBeacon} from "../interfaces/IDrandBeacon.sol";
import {IRandomnessBeacon} from "../interfaces/IRandomnessBeacon.sol";
import {BLS12381, G1, G2} from "../libraries/BLS12381.sol";
import {DrandSignature} from "../libraries/DrandSignature.sol";
import {EpochValues} from "./EpochValues.sol";

/// @title DrandBeacon
/// @dev Documented in IDrandBeacon.
contract DrandBeacon is IDrandBeacon, EpochValues {
    /// @dev Two slots: a block may be built one slot late and still displace nobody's.
    uint32 private constant MIN_DELAY = 24;
    uint32 private constant MIN_DELAY_LOCAL = 1;

    /// @inheritdoc IDrandBeacon
    uint32 public immutable delay;
    uint64 private immutable DRAND_GENESIS;
    uint32 private immutable DRAND_PERIOD;
    uint256 private immutable KEY_X0_HIGH;
    uint256 private immutable KEY_X0_LOW;
    uint256 private immutable KEY_X1_HIGH;
    uint256 private immutable KEY_X1_LOW;
    uint256 private immutable KEY_Y0_HIGH;
    uint256 private immutable KEY_Y0_LOW;
    uint256 private immutable KEY_Y1_HIGH;
    uint256 private immutable KEY_Y1_LOW;

    constructor(
        uint64 genesis,
        uint32 epochLength,
        uint32 delay_,
        DrandChain memory drand
    ) EpochValues(genesis, epochLength) {
        bool local = block.chainid == 31337 || block.chainid == 1337;
        uint32 minDelay = local ? MIN_DELAY_LOCAL : MIN_DELAY;
        uint256 latest = uint256(delay_) + drand.period;
        if (drand.period == 0) revert DrandBeacon_PeriodZero();
        if (delay_ < minDelay) revert DrandBeacon_DelayTooShort(delay_, minDelay);
        if (latest > epochLength / 2) revert DrandBeacon_DelayTooLong(latest, epochLength / 2);
        if (genesis + delay_ < drand.genesis)
            revert DrandBeacon_BeforeFirstRound(genesis + delay_, drand.genesis);
        if (!BLS12381.isPublicKey(drand.publicKey)) revert DrandBeacon_NotAPublicKey();

        delay = delay_;
        DRAND_GENESIS = drand.genesis;
        DRAND_PERIOD = drand.period;
        KEY_X0_HIGH = drand.publicKey.x0High;
        KEY_X0_LOW = drand.publicKey.x0Low;
        KEY_X1_HIGH = drand.publicKey.x1High;
        KEY_X1_LOW = drand.publicKey.x1Low;
        KEY_Y0_HIGH = drand.publicKey.y0High;
        KEY_Y0_LOW = drand.publicKey.y0Low;
        KEY_Y1_HIGH = drand.publicKey.y1High;
        KEY_Y1_LOW = drand.publicKey.y1Low;
    }

    /// @inheritdoc IDrandBeacon
    function submit(uint32 epoch, G1 calldata signature) external {
        uint32 running = CLOCK.current();
        if (epoch != running) revert DrandBeacon_EpochNotRunning(epoch, running);
        if (beaconAt(epoch) != 0) revert DrandBeacon_AlreadyThere(epoch);
        uint64 round = roundOf(epoch);
        if (!DrandSignature.verify(_publicKey(), round, signature))
            revert DrandBeacon_NotTheRound(round);
        _makeFinal(epoch, DrandSignature.randomness(signature));
    }

    /// @inheritdoc IRandomnessBeacon
    function advance() external pure {
        // Nothing comes without a round, and that has to be brought.
        return;
    }

    /// @inheritdoc IRandomnessBeacon
    function canAdvance() external pure returns (bool) {
        return false;
    }

    /// @inheritdoc IDrandBeacon
    function awaited() external view returns (uint32 epoch, uint64 round) {
        if (!_hasStarted()) return (0, 0);
        epoch = CLOCK.current();
        round = beaconAt(epoch) == 0 ? roundOf(epoch) : 0;
    }

    /// @inheritdoc IDrandBeacon
    function roundOf(uint32 epoch) public view returns (uint64) {
        uint64 sinceFirstRound = CLOCK.startOf(epoch) + delay - DRAND_GENESIS;
        return 1 + (sinceFirstRound + DRAND_PERIOD - 1) / DRAND_PERIOD;
    }

    /// @inheritdoc IDrandBeacon
    function drandChain() external view returns (DrandChain memory) {
        return DrandChain(DRAND_GENESIS, DRAND_PERIOD, _publicKey());
    }

    function _publicKey() private view returns (G2 memory) {
        return
            G2(
                KEY_X0_HIGH,
                KEY_X0_LOW,
                KEY_X1_HIGH,
                KEY_X1_LOW,
                KEY_Y0_HIGH,
                KEY_Y0_LOW,
                KEY_Y1_HIGH,
                KEY_Y1_LOW
            );
    }
}
