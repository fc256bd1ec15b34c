// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Rehearsal
/// @notice Runs calls one after the other and tells of each how it went.
/// @dev Never deployed. An agent asks its node to run it, for one `eth_call` that changes nothing, in the place
/// of an account's code: the calls then come from that account, and each sees what the ones before it did.
contract Rehearsal {
    struct Step {
        address to;
        uint256 value;
        bytes data;
    }

    /// @param success False when the call was refused.
    /// @param gas What the call itself used, without the costs of a transaction.
    /// @param answer What it returned, or the error that it was refused with.
    struct Outcome {
        bool success;
        uint256 gas;
        bytes answer;
    }

    /// @notice Also goes on after a step that was refused.
    function run(Step[] calldata steps) external returns (Outcome[] memory outcomes) {
        outcomes = new Outcome[](steps.length);
        for (uint256 i = 0; i < steps.length; i++) {
            uint256 before = gasleft();
            // solhint-disable-next-line avoid-low-level-calls
            (bool success, bytes memory answer) = steps[i].to.call{value: steps[i].value}(
                steps[i].data
            );
            outcomes[i] = Outcome({success: success, gas: before - gasleft(), answer: answer});
        }
    }
}
