// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Reenterer
/// @notice An account that is a contract, does what it is told, and once more when a token calls it.
contract Reenterer {
    address private _target;
    bytes private _data;

    /// @notice Whether the call from within was made, whether it succeeded, and what it returned.
    bool public called;
    bool public succeeded;
    bytes public returned;

    function execute(address target, bytes calldata data) external returns (bytes memory) {
        (bool success, bytes memory answer) = target.call(data);
        if (!success) {
            assembly ("memory-safe") {
                revert(add(answer, 32), mload(answer))
            }
        }
        return answer;
    }

    /// @notice What to do at the next token movement, and only then.
    function plan(address target, bytes calldata data) external {
        (_target, _data, called) = (target, data, false);
    }

    function onTokenMove() external {
        address target = _target;
        if (target == address(0)) return;
        _target = address(0);
        called = true;
        (succeeded, returned) = target.call(_data);
    }
}
